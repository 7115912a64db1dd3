from tests.functions.house import House
from tests.functions.outside.model import answer, call
def test_it(house: House) -> None:
    ana = house.person()
    house.outside.model.script = [call("list_services"), answer("O banho custa R$ 70,00. Quer marcar?")]
    house.says(ana)
    import time; t=time.time()
    (done,) = house.work("inbound"); print(done, time.time()-t); t=time.time()
    (done,) = house.work("turns"); print(done, time.time()-t); t=time.time()
    (done,) = house.work("outbox"); print(done, time.time()-t)
    print(house.outside.texts, house.outside.sends)
    house.receive_statuses()
    print(house.work("provider_events"))
    print(house.rows("SELECT delivery, text FROM messages"))
def test_offline(house: House) -> None:
    import time; t=time.time()
    from datetime import timedelta
    ana = house.person()
    house.says(ana)
    for i in house.traffic.pass_time(timedelta(seconds=5)): print(i.exit_code, i.answers)
    print(house.outside.texts, time.time()-t)
